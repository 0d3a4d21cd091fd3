-- guarded: the figures for spreadsheets: a text that a spreadsheet would run as a formula begins with an apostrophe
-- Grain    as in explored.sql
-- Inputs   as in explored.sql
-- Columns  as in explored.sql; texts that begin with = + - @, a tab or a line break have an apostrophe before them
-- Source   OWASP, CSV injection; differs: none
select * replace (
  replaceRegexpOne(name, '^[=+\\-@\\t\\r\\n]', '\'\\0') as name,
  replaceRegexpOne(unit_id, '^[=+\\-@\\t\\r\\n]', '\'\\0') as unit_id,
  replaceRegexpOne(slice, '^[=+\\-@\\t\\r\\n]', '\'\\0') as slice,
  replaceRegexpOne(period, '^[=+\\-@\\t\\r\\n]', '\'\\0') as period,
  replaceRegexpOne(reason, '^[=+\\-@\\t\\r\\n]', '\'\\0') as reason)
from (
  -- include explored.sql
)
order by line, week, period
