-- audit: the latest entries of the audit, newest first
-- Grain    one row per entry
-- Inputs   account:String, unit:String (type:id), before_ms:Float64 (milliseconds since 1970); '' and 0 = all
-- Columns  at_ms · account · role · action · route · units (the first 20) · unit_count · code · detail · address
-- Source   topic audit; differs: none
select toFloat64(toUnixTimestamp64Milli(at)) as at_ms, account_id as account, role, action, route,
  arraySlice(units, 1, 20) as units, toUInt32(length(units)) as unit_count, code, detail, address
from audit final
where ({account:String} = '' or account_id = {account:String}) and ({unit:String} = '' or has(units, {unit:String}))
  and ({before_ms:Float64} = 0 or at < fromUnixTimestamp64Milli(toInt64({before_ms:Float64}), 'UTC'))
order by at desc, id
limit 200
