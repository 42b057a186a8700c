select 1 as product_id, 9.5 as price
