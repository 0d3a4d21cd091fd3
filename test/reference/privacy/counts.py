# k and l of each table of a JSON file, as pycanon counts them: quasi-identifiers grade and band, sensitive flag and other.
import json
import sys

import pandas as pd
from pycanon import anonymity

answers = []
for rows in json.load(open(sys.argv[1])):
    table = pd.DataFrame(rows)
    quasi, sensitive = ['grade', 'band'], ['flag', 'other']
    answers.append({'k': int(anonymity.k_anonymity(table, quasi)), 'l': int(anonymity.l_diversity(table, quasi, sensitive))})
print(json.dumps(answers))
