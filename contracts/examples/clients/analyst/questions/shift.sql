-- ANA-16: where types are taken in, month by month: work that moves between 311 and departments.
SELECT service_code, strftime(date_trunc('month', opened_at), '%Y-%m') AS month, count(*) FILTER (operator = '311') AS by_311,
  count(*) FILTER (operator = 'own_department') AS by_departments
FROM request GROUP BY service_code, month ORDER BY service_code, month
