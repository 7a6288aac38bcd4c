-- Pupils on roll by council and year group
-- purpose: free_school_meals
SELECT supplied_by, year_group, count(DISTINCT person_id) AS pupils
FROM enrolment
GROUP BY supplied_by, year_group
HAVING count(DISTINCT person_id) >= 5
ORDER BY supplied_by, year_group;
