"""Writes the sample bank in sql/data/bank: five related CSV files about people who do not exist.

    python3 sql/data/generate.py

Standard library only, and the same bytes on every run: the only source of chance is the seeded generator below. E-mail
addresses use reserved domains, phone numbers the ranges kept free for fiction, card numbers a test prefix.

The files are untidy on purpose, because exports are: NULL (nothing between two commas) beside the empty string (""),
ids with leading zeros, 1.50 and 1e5, quoted line breaks, quotes inside quotes, cells quoted without need, a few orphans.
"""

import random
from pathlib import Path

FOLDER = Path(__file__).parent / "bank"
CHANCE = random.Random(20260101)

FIRST = ["Ada", "Amélie", "Anouk", "Björn", "Chidi", "Chloë", "Dafne", "Eero", "Esra", "Farid", "Fiadh", "Gaël", "Hana", "Ines",
         "Jürgen", "Kofi", "Lior", "Ludmila", "Małgorzata", "Mei", "Naïma", "Nils", "Oluwaseun", "Pilar", "Quentin", "Rosalind",
         "Søren", "Tomáš", "Ulrike", "Václav", "Wanjiru", "Ximena", "Yuki", "Zoë", "Анна", "美咲"]  # fmt: skip
LAST = ["Abernathy", "Bąk", "Castañeda", "D'Arcy", "Eriksson", "Fernández", "Gößmann", "Håkansson", "Ivanova", "Janvier", "Kowalczyk",
        "Lindqvist", "Müller", "Nakamura", "O'Brien", "Papadakis", "Quispe", "Rosenthal", "Sørensen", "Takács", "Ueda", "Vanderbilt",
        "Wołowiec", "Xu", "Yılmaz", "Zhou-Martin"]  # fmt: skip
CITIES = ["Ashbourne", "Bergen", "Cádiz", "Dunedin", "Évora", "Faro", "Gdańsk", "Haarlem", "Iași", "Kraków"]
MEMOS = ["Rent", "Groceries, weekly", 'The "good" chair', "Café № 7", "Refund", "Bus pass", "Two lines:\nfirst and second",
         'She said ""thanks""', "Gift; no receipt", "会員費", " leading and trailing ", "100% cotton"]  # fmt: skip
ASCII = str.maketrans({"é": "e", "ë": "e", "ï": "i", "ö": "o", "ü": "u", "ø": "o", "å": "a", "ñ": "n", "á": "a", "ł": "l", "ą": "a", "ß": "s",
                       "ı": "i", "š": "s", "'": "", "-": ""})  # fmt: skip


def quoted(text: str) -> str:
    """A cell that is always quoted, also where nothing forces it."""
    return '"' + text.replace('"', '""') + '"'


def cell(text: str | None) -> str:
    """A cell as most exporters write it: NULL is nothing at all, the empty string is a pair of quotes."""
    if text is None:
        return ""
    return quoted(text) if text == "" or any(c in text for c in ',"\n\r') else text


def write(name: str, header: str, rows: list[list[str]], end: str = "\n") -> None:
    """Writes raw cells; `end` is the line ending outside quotes."""
    lines = [header, *(",".join(row) for row in rows)]
    (FOLDER / name).write_bytes("".join(line + end for line in lines).encode())


def local_part(first: str, last: str, number: int) -> str:
    plain = f"{first}.{last}".lower().translate(ASCII)
    return plain if plain.isascii() else f"member.{number:05d}"


def phone(number: int) -> str:
    """Numbers kept free for fiction, in the shapes people type them."""
    shapes = [f"+44 7700 900{number % 1000:03d}", f"(202) 555-01{number % 100:02d}", f"+1-415-555-01{number % 100:02d}",
              f"02079460{number % 1000:03d}", f"+61 491 570 {number % 1000:03d}"]  # fmt: skip
    return shapes[number % len(shapes)]


def card_number(number: int) -> str:
    """Sixteen digits of a test range with a valid check digit."""
    body = f"400000{number:09d}"
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(body)]
    return body + str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def day(first_year: int, last_year: int) -> str:
    return f"{CHANCE.randint(first_year, last_year)}-{CHANCE.randint(1, 12):02d}-{CHANCE.randint(1, 28):02d}"


def amount() -> str:
    """Numbers as exports have them; none of these spellings may change on the way through."""
    odd = ["1.50", "0.10", "1e5", "-0.0", "+12", "007.00", "1E-3", "99999999999999999999.01"]
    return CHANCE.choice(odd) if CHANCE.random() < 0.1 else f"{CHANCE.uniform(-900, 2500):.2f}"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)

    branches = []
    for i in range(12):
        first, last = CHANCE.choice(FIRST[:20]), CHANCE.choice(LAST)
        city = CITIES[i % len(CITIES)]
        branches.append([f"{i + 1:03d}", quoted(f"{city} {'North' if i < 10 else 'South'}"), cell(city), cell(f"{first} {last}"),
                         f"{local_part(first, last, i)}@staff.example", day(1990, 2015)])  # fmt: skip
    write("branches.csv", "branch_id,name,city,manager,manager_email,opened", branches)

    customers, ids, emails = [], [], []
    for i in range(400):
        first, last = CHANCE.choice(FIRST), CHANCE.choice(LAST)
        customer_id, email = f"{i * 7 + 123:05d}", f"{local_part(first, last, i)}{i}@{CHANCE.choice(['mail.example', 'post.example', 'letters.test'])}"
        ids.append(customer_id)
        emails.append(email)
        title = CHANCE.choice([None, None, "", "Dr.", "Prof."])
        note = CHANCE.choice([None, None, None, "", f"Prefers to be called {first}", f'Said "call me at {phone(i)}"\nor write to {email}'])
        customers.append([customer_id, cell(title), cell(first), cell(last), cell(None if i % 50 == 49 else email), cell(None if i % 31 == 30 else phone(i)),
                          day(1940, 2006), cell(CHANCE.choice(CITIES)), CHANCE.choice(["true", "false"]), cell(note)])  # fmt: skip
    write("customers.csv", "customer_id,title,first_name,last_name,email,phone,birth_date,city,newsletter,notes", customers)

    accounts, account_ids = [], []
    for i in range(600):
        account_ids.append(str(41_000_017 + i * 13))
        accounts.append([account_ids[i], CHANCE.choice(ids), f"{CHANCE.randint(1, 12):03d}", quoted(CHANCE.choice(["EUR", "GBP", "AUD"])), amount(),
                         CHANCE.choice(["0.00", "1.50", "2.5e-2"]), day(2005, 2025)])  # fmt: skip
    write("accounts.csv", "account_id,customer_id,branch_id,currency,balance,interest,opened", accounts, end="\r\n")

    cards = []
    for i in range(350):
        owner = CHANCE.randrange(400)
        holder = f"{customers[owner][2]} {customers[owner][3]}".replace('"', "").upper()
        cards.append([f"K{i:06d}", CHANCE.choice(account_ids), card_number(CHANCE.randrange(10**9)), quoted(holder), emails[owner],
                      CHANCE.choice(["1e3", "500", "2500.00"]), f"{CHANCE.randint(2027, 2031)}-{CHANCE.randint(1, 12):02d}"])  # fmt: skip
    write("cards.csv", "card_id,account_id,card_number,holder,contact_email,daily_limit,expires", cards)

    transactions = []
    for i in range(2000):
        account = CHANCE.choice(account_ids)
        if i % 97 == 96:
            account = ""  # cash at the counter: no account, hence NULL
        if i in (400, 1400):
            account = "40999999"  # an account that was deleted: an orphan, and it must stay one
        memo = CHANCE.choice(MEMOS)
        booked_at = f"{day(2024, 2025)}T{CHANCE.randrange(24):02d}:{CHANCE.randrange(60):02d}:00Z"
        transactions.append([f"{CHANCE.getrandbits(64):016x}", account, booked_at, amount(),
                             str(CHANCE.randrange(10**59, 10**60)), cell(emails[CHANCE.randrange(400)] if i % 3 == 0 else None),
                             cell(CHANCE.choice([memo, memo, None, ""]))])  # fmt: skip
    write("transactions.csv", "transaction_id,account_id,booked_at,amount,trace,payer_email,memo", transactions)


if __name__ == "__main__":
    main()
