select 'north' as region, 10 as amount
