-- ANA-01: requests by department and by who took them in, with their share of the department's.
SELECT agency, operator, count(*) AS requests, share(count(*), sum(count(*)) OVER (PARTITION BY agency)) AS percent
FROM request JOIN first_assignment USING (request_id) GROUP BY agency, operator ORDER BY agency, operator
