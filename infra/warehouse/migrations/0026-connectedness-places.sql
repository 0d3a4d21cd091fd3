-- Where a student was enrolled in the week, beside what follows from it: everything about units is computed from these rows.
ALTER TABLE student_connectedness
    ADD COLUMN IF NOT EXISTS schools Array(Tuple(school_id String, day_bits UInt8, open_bits UInt8)) COMMENT 'schools: days enrolled, and the school days there, Monday the lowest bit' AFTER peers_known,
    ADD COLUMN IF NOT EXISTS classes Array(Tuple(class_id String, is_homeroom Bool, day_bits UInt8, open_bits UInt8)) COMMENT 'classes: is it a homeroom, days enrolled, school days there' AFTER schools;
