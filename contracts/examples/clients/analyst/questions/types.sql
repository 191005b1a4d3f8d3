-- ANA-04: for each type, how much of it comes by 311, and how much of that by self-service.
SELECT service_code, count(*) AS requests, share(count(*) FILTER (operator = '311'), count(*)) AS percent_311,
  share(count(*) FILTER (operator = '311' AND is_self_service(channel)), count(*) FILTER (operator = '311'))
    AS percent_self_service
FROM request GROUP BY service_code ORDER BY requests DESC, service_code
