select
  id as customer_id,
  lower(email) as email,
  name
from {{ source('fivetran_raw', 'customers') }}
