select 1 as customer_id, 0.5 as score
