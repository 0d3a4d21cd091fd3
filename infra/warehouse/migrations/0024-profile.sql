-- Finding what belongs to one student: the learner profile is read anew whenever it is opened.
ALTER TABLE plans ADD INDEX IF NOT EXISTS by_student student_id TYPE bloom_filter GRANULARITY 1;
ALTER TABLE plans MATERIALIZE INDEX by_student;
ALTER TABLE goals ADD INDEX IF NOT EXISTS by_student student_id TYPE bloom_filter GRANULARITY 1;
ALTER TABLE goals MATERIALIZE INDEX by_student;
ALTER TABLE choices ADD INDEX IF NOT EXISTS by_student student_id TYPE bloom_filter GRANULARITY 1;
ALTER TABLE choices MATERIALIZE INDEX by_student;
ALTER TABLE reflections ADD INDEX IF NOT EXISTS by_student student_id TYPE bloom_filter GRANULARITY 1;
ALTER TABLE reflections MATERIALIZE INDEX by_student;
