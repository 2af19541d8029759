INSERT INTO outbox_inbox (consumer, id) VALUES ($1, $2::uuid) ON CONFLICT DO NOTHING
