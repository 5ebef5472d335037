-- The sites of which the School District has told the school hours (auditor.toml).
SELECT DISTINCT site
FROM given_school_sites
