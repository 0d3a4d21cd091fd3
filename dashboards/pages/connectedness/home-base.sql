-- home_base: the network of peer ties inside one advisory
-- Grain    one row, or none
-- Inputs   advisory:String sourcedId · week:Date Monday
-- Columns  members · ties · density ties / pairs, null: not known · components · largest of them · alone members without a tie to another ·
--          clustering · tied_share of members with sustained contact with an adviser of it · status · reason
-- Source   indicators C7 (home_bases); differs: none
select members, ties, density, components, largest, alone, clustering, tied_share, toString(status) as status, toString(reason) as reason
from home_bases final
where class_id = {advisory:String} and week = {week:Date}
