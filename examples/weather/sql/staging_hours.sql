with measured as (
  select 'Seattle' as city, date, temp from noaa.seattle_temperatures
  union all
  select 'San Francisco' as city, date, temp from noaa.san_francisco_temperatures
)
select
  city,
  cast(date as date) as day,
  cast(date as timestamp) as measured_at,
  round((temp - 32) * 5 / 9, 2) as celsius
from measured
