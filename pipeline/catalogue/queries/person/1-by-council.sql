-- Persons by supplier and by the council of their home
-- purpose: free_school_meals
SELECT p.supplied_by, c.name AS home_council, count(*) AS persons
FROM person p
LEFT JOIN reference.code c ON c.list = 'local-authority' AND c.code = p.home_local_authority
GROUP BY p.supplied_by, c.name
HAVING count(*) >= 5
ORDER BY p.supplied_by, persons DESC;
