-- Masks the sample bank in sql/data/bank into the folder masked/quickstart and prints the checks.
-- From the root of the repository:
--
--     cargo run --release -- run sql/quickstart.sql
--
-- The sample is written by sql/data/generate.py; nobody in it exists. Without a key (`loup key new`) the run uses one
-- that is forgotten at its end, so a second run gives other pseudonyms.

-- Every CSV file of the folder becomes a table: bank.accounts, bank.branches, bank.cards, bank.customers,
-- bank.transactions. The files themselves are never changed; bank_source keeps showing them as they are.
ATTACH 'sql/data/bank' AS bank;

-- What each column becomes. A column that is not named here comes out byte for byte.
-- Columns that join share a domain ('customer', 'account'): same value, same domain, same pseudonym, in any table.
UPDATE bank.customers SET
    customer_id = hash_keyed(customer_id, 'customer', length => 16, prefix => 'C'),
    first_name  = fake_first_name(first_name),
    last_name   = fake_last_name(last_name),
    email       = pseudo_email(email, 'customer'),
    phone       = fake_phone(phone),
    birth_date  = generalize_date(birth_date, 'year'),
    notes       = redact(notes);

UPDATE bank.accounts SET
    account_id  = pseudo_int(account_id, 'account'),
    customer_id = hash_keyed(customer_id, 'customer', length => 16, prefix => 'C');

UPDATE bank.cards SET
    card_id       = hash_keyed(card_id, 'card', length => 12, prefix => 'K'),
    account_id    = pseudo_int(account_id, 'account'),
    card_number   = hash_keyed(card_number, 'card number', length => 16),
    holder        = redact(holder),
    contact_email = pseudo_email(contact_email, 'customer');

UPDATE bank.transactions SET
    account_id  = pseudo_int(account_id, 'account'),
    payer_email = pseudo_email(payer_email, 'customer');

UPDATE bank.branches SET
    manager       = nullify(manager),
    manager_email = mask_email(manager_email);

-- The run fails, and writes nothing, unless these hold.
ASSERT (SELECT count(*) FROM orphans(bank.accounts.customer_id, bank.customers.customer_id)) = 0
    AS 'every account has its customer';
ASSERT (SELECT count(*) FROM orphans(bank.cards.account_id, bank.accounts.account_id)) = 0
    AS 'every card has its account';
ASSERT (SELECT count(*) FROM orphans(bank.transactions.account_id, bank.accounts.account_id))
     = (SELECT count(*) FROM orphans(bank_source.transactions.account_id, bank_source.accounts.account_id))
    AS 'orphaned transactions stay orphans, and no other becomes one';
ASSERT (SELECT count(*) FROM duplicates(bank.customers.customer_id)) = 0
    AS 'no two customers share a pseudonym';
ASSERT (SELECT common FROM overlap(bank.customers.email, bank_source.customers.email)) = 0
    AS 'no original e-mail address is left';

EXPORT DATABASE bank TO 'masked/quickstart';

-- Three customers before and after.
SELECT customer_id, first_name, last_name, email, phone, birth_date FROM bank_source.customers LIMIT 3;
SELECT customer_id, first_name, last_name, email, phone, birth_date FROM bank.customers LIMIT 3;

-- The join of accounts to customers, before and after: the same shape, row for row.
SELECT * FROM join_shape(bank_source.accounts.customer_id, bank_source.customers.customer_id) ORDER BY rows_a, rows_b;
SELECT * FROM join_shape(bank.accounts.customer_id, bank.customers.customer_id) ORDER BY rows_a, rows_b;

-- The one value without a parent that the sample holds on purpose.
SELECT * FROM orphans(bank.transactions.account_id, bank.accounts.account_id);
