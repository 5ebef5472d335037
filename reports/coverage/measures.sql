-- Every measure that was taken, summed over the period.
SELECT measure, CAST(SUM(value) AS BIGINT) AS total FROM coverage
WHERE measure NOT LIKE '%_through %'
GROUP BY measure ORDER BY measure
