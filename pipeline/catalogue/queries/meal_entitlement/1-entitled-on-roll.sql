-- Children entitled to free school meals who are on a school's roll
-- purpose: free_school_meals
-- Match forms find the same name written otherwise; show the other columns, not these.
SELECT e.supplied_by AS school_of, count(DISTINCT m.meal_entitlement_id) AS entitled
FROM meal_entitlement m
JOIN person c USING (person_id)
JOIN person p ON p.surname_match = c.surname_match AND p.forenames_match = c.forenames_match
    AND p.birth_date = c.birth_date AND p.person_id <> c.person_id
JOIN enrolment e ON e.person_id = p.person_id
WHERE m.eligible_to IS NULL
GROUP BY e.supplied_by
ORDER BY e.supplied_by;
