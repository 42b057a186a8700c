select
  cast(date_trunc('month', day) as date) as month,
  round(sum(precipitation), 1) as precipitation,
  round(avg((temp_max + temp_min) / 2), 2) as mean_celsius,
  count(*) filter (where precipitation > 0) as wet_days
from staging.days
group by 1
