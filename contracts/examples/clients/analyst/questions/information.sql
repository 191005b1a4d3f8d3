-- ANA-14: those who asked, and those who reported, month by month.
SELECT strftime(date_trunc('month', moment), '%Y-%m') AS month,
  count(*) FILTER (kind IN ('question_answered', 'status_asked')) AS asked,
  count(*) FILTER (kind IN ('request', 'request_made')) AS reported
FROM reached GROUP BY month ORDER BY month
