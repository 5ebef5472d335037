-- The words that stand where somebody or something is not known, and for those whose use is set aside.
SELECT no_client, student_client, guest_client, unknown_ownership, unknown_holder, student, guest, nobody, no_role
FROM given_words
