-- ANA-12: contacts and waits by month, so that a surge is seen.
SELECT strftime(date_trunc('month', moment), '%Y-%m') AS month, count(*) AS contacts, round(avg(wait_seconds)) AS mean_wait,
  round(quantile_cont(wait_seconds, 0.9)) AS wait_of_one_in_ten
FROM contact GROUP BY month ORDER BY month
