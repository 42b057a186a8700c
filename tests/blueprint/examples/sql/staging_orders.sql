select * from shop.orders
where order_id is not null
