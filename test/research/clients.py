"""What a researcher does with clickhouse-connect, pandas and DuckDB. usage: clients.py HOST PORT USER PASSWORD FOLDER; prints JSON."""
import io
import json
import sys

import clickhouse_connect
import duckdb
import pandas

host, port, user, password, folder = sys.argv[1:]
client = clickhouse_connect.get_client(host=host, port=int(port), username=user, password=password)


def refusal(what):
    try:
        what()
    except clickhouse_connect.driver.exceptions.DatabaseError as error:
        return str(error)
    return 'not refused'


def bytes_of(statement):
    return client.raw_query(statement, fmt='Parquet')


parquet = bytes_of('SELECT * FROM students')
with open(f'{folder}/students.parquet', 'wb') as file:
    file.write(parquet)

said = {
    'query': client.query('SELECT person, minutes FROM students ORDER BY minutes LIMIT 2').result_rows,
    'parameters': client.query(
        'SELECT max(minutes) FROM students WHERE minutes < {most:Int32}', parameters={'most': 50}
    ).result_rows,
    'command': client.command('SELECT count() FROM students'),
    'query_df': int(client.query_df('SELECT * FROM students').minutes.sum()),
    'query_arrow': client.query_arrow('SELECT * FROM students').num_rows,
    'arrow_types': [str(field.type) for field in client.query_arrow('SELECT * FROM students').schema],
    'query_np': int(client.query_np('SELECT minutes FROM students').sum()),
    'tables': client.query('SHOW TABLES').result_rows,
    'columns': [row[:2] for row in client.query('DESCRIBE TABLE students').result_rows],
    'many': int(client.query_df('SELECT number FROM numbers(1000000)').number.sum()),
    'pandas': int(pandas.read_parquet(io.BytesIO(parquet)).minutes.sum()),
    'duckdb': duckdb.sql(
        f"select sum(minutes)::int, count(distinct person) from '{folder}/students.parquet'"
    ).fetchall()[0],
    'others': refusal(lambda: client.query('SELECT * FROM identity.people')),
    'insert': refusal(lambda: client.insert('students', [['x', 1]], column_names=['person', 'minutes'])),
    'no limit': refusal(lambda: client.query('SELECT 1', settings={'max_execution_time': 3600})),
}
with client.query_df_stream('SELECT * FROM students') as blocks:
    said['stream'] = sum(len(block) for block in blocks)
packed = {}
for method in ['lz4', 'zstd', 'gzip']:
    one = clickhouse_connect.get_client(host=host, port=int(port), username=user, password=password, compress=method)
    packed[method] = one.query('SELECT sum(minutes) FROM students').result_rows
said['packed'] = packed
print(json.dumps(said))
