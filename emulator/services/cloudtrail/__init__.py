"""AWS CloudTrail: who called what, kept for look-ups and delivered to trails."""
