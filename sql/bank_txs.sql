-- Masks a bank's six related exports: CUSTOMERS, ACCOUNTS, TRANSACTIONS, LOANS, CREDIT_CARDS and FEEDBACK as CSV files
-- in one folder. From the root of the repository:
--
--     loup run sql/bank_txs.sql --var source=FOLDER --var target=masked/bank_txs
--
-- Joins: ACCOUNTS, LOANS, CREDIT_CARDS and FEEDBACK carry CUSTOMERS' customer_id; TRANSACTIONS carries ACCOUNTS'
-- account_id. Statistics that analysts need (amounts, balances, rates, categories, status, province) stay as they are.

ATTACH '${source}' AS bank;

-- Names carry stray blanks and tabs: btrim makes "  Marc  " and "Marc" one person's name, hence one fake.
-- The city goes too, because with birth year and employer it points at people in small towns.
UPDATE bank.customers SET
    customer_id = hash_keyed(customer_id, 'customer', length => 16, prefix => 'C-'),
    first_name  = fake_first_name(btrim(first_name, concat(' ', chr(9)))),
    last_name   = fake_last_name(btrim(last_name, concat(' ', chr(9)))),
    birth_date  = generalize_date(birth_date, 'year'),
    address     = redact(address),
    city        = redact(city),
    postal_code = nullify(postal_code),
    phone       = fake_phone(phone),
    email       = pseudo_email(email, 'customer');

UPDATE bank.accounts SET
    account_id     = hash_keyed(account_id, 'account', length => 16, prefix => 'A-'),
    customer_id    = hash_keyed(customer_id, 'customer', length => 16, prefix => 'C-'),
    account_number = hash_keyed(account_number, 'account number', length => 12);

UPDATE bank.transactions SET
    transaction_id   = hash_keyed(transaction_id, 'transaction', encoding => 'uuid'),
    account_id       = hash_keyed(account_id, 'account', length => 16, prefix => 'A-'),
    reference_number = hash_keyed(reference_number, 'reference', length => 12, prefix => 'REF'),
    ip_address       = nullify(ip_address),
    device_id        = hash_keyed(device_id, 'device', length => 16),
    geolocation      = nullify(geolocation);

UPDATE bank.loans SET
    loan_id     = hash_keyed(loan_id, 'loan', length => 16, prefix => 'L-'),
    customer_id = hash_keyed(customer_id, 'customer', length => 16, prefix => 'C-');

UPDATE bank.credit_cards SET
    card_id            = hash_keyed(card_id, 'card', length => 16, prefix => 'CC-'),
    customer_id        = hash_keyed(customer_id, 'customer', length => 16, prefix => 'C-'),
    card_number_masked = redact(card_number_masked, '****-****-****-****');

UPDATE bank.feedback SET
    feedback_id = hash_keyed(feedback_id, 'feedback', length => 16, prefix => 'FB-'),
    customer_id = hash_keyed(customer_id, 'customer', length => 16, prefix => 'C-'),
    subject     = redact(subject),
    description = redact(description),
    assigned_to = hash_keyed(assigned_to, 'agent', length => 8, prefix => 'Agent_');

ASSERT (SELECT count(*) FROM orphans(bank.accounts.customer_id, bank.customers.customer_id)) = 0 AS 'every account has its customer';
ASSERT (SELECT count(*) FROM orphans(bank.loans.customer_id, bank.customers.customer_id)) = 0 AS 'every loan has its customer';
ASSERT (SELECT count(*) FROM orphans(bank.credit_cards.customer_id, bank.customers.customer_id)) = 0 AS 'every card has its customer';
ASSERT (SELECT count(*) FROM orphans(bank.feedback.customer_id, bank.customers.customer_id)) = 0 AS 'every feedback has its customer';
ASSERT (SELECT count(*) FROM orphans(bank.transactions.account_id, bank.accounts.account_id)) = 0 AS 'every transaction has its account';
ASSERT (SELECT count(*) FROM duplicates(bank.customers.customer_id)) = 0 AS 'customer_id stays unique';
ASSERT (SELECT count(*) FROM duplicates(bank.accounts.account_id)) = 0 AS 'account_id stays unique';
ASSERT (SELECT common FROM overlap(bank.customers.email, bank_source.customers.email)) = 0 AS 'no original e-mail is left';
ASSERT (SELECT common FROM overlap(bank.customers.phone, bank_source.customers.phone)) = 0 AS 'no original phone is left';

EXPORT DATABASE bank TO '${target}';
