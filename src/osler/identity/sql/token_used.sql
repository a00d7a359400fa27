UPDATE identity_token SET last_used = %(now)s WHERE id = %(id)s::uuid
