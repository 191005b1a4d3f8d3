-- ANA-02: the share of self-service, of what 311 itself took in, and of all channels of all departments.
SELECT basis, count(*) FILTER (is_self_service(channel)) AS self_service, count(*) AS requests,
  share(count(*) FILTER (is_self_service(channel)), count(*)) AS percent
FROM (SELECT 'taken in by 311' AS basis, channel FROM request WHERE operator = '311'
  UNION ALL SELECT 'all channels of all departments', channel FROM request) GROUP BY basis ORDER BY basis
