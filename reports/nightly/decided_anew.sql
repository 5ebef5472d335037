-- Days that had been decided before and were decided once more, since what they rest on has changed.
SELECT day, decided_on, why FROM decided_anew ORDER BY day, decided_on
