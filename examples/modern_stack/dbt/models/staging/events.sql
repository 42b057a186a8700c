select
  message_id,
  user_id as customer_id,
  event,
  sent_at
from {{ source('segment', 'tracks') }}
