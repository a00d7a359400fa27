SELECT t.id::text, t.scopes::text, t.last_used, a.id::text, a.name, a.roles::text, a.person, a.patient, a.own_patient
FROM identity_token t
JOIN identity_account a ON a.id = t.account_id
WHERE t.digest = %(digest)s AND t.revoked IS NULL AND t.expires > %(now)s AND a.is_active
