"""No row and no value is lost or changed in silence: it arrives as it was, or the run says no."""
import concurrent.futures
import sqlite3

import duckdb
import pytest

from support.places import Place, read_table

KEPT = {"id": "keep", "x": "keep"}


def lines(work, name="out.csv") -> list[str]:
    return (work.path / name).read_bytes().decode().splitlines()


def rows(path, query: str) -> list:
    with duckdb.connect(str(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("value", ["1.5", "1e3", "0x10", "1_000", "x"])
def test_a_late_value_that_is_no_whole_number_is_refused_with_its_row(work, value):
    work.write("in.csv", "id,x\n" + "".join(f"{i},{i}\n" for i in range(30000)) + f"30000,{value}\n")
    result = work.run({"path": "in.csv"}, {"path": "out.csv"}, KEPT, code=2)
    assert "in.csv, row 30001" in result.err and "column x" in result.err


@pytest.mark.parametrize("value", ["12345678901234567890", "123456789012345678.91", "999999999999999.99"])
def test_digits_beyond_a_double_are_refused(work, value):
    work.write("in.csv", f"id,x\n1,5.5\n2,{value}\n")
    assert "digits" in work.run({"path": "in.csv"}, {"path": "out.csv"}, KEPT, code=2).err
    work.run({"path": "in.csv", "types": {"x": "varchar"}}, {"path": "out.csv"}, KEPT)
    assert lines(work)[2] == f"2,{value}"


@pytest.mark.parametrize("value", ["1.50", "0.30000000000000004", "1e300", "100000000000000000000"])
def test_what_a_double_keeps_is_taken(work, value):
    work.write("in.csv", f"id,x\n1,5.5\n2,{value}\n")
    work.run({"path": "in.csv"}, {"path": "out.csv"}, KEPT)
    assert float(lines(work)[2].split(",")[1]) == float(value)


@pytest.mark.parametrize("kind,value", [
    ("decimal(10,2)", "1.239"), ("integer", "1.5"), ("timestamp", "2020-01-01 10:00:00+02"), ("date", "2020-01-01 10:00:00"),
    ("timestamp", "2020-01-01 10:00:00.1234567"),
])
def test_a_given_type_that_would_cut_a_value_is_refused(work, kind, value):
    work.write("in.csv", f"id,x\n1,{value}\n")
    result = work.run({"path": "in.csv", "types": {"x": kind}}, {"path": "out.csv"}, KEPT, code=2)
    assert "column x" in result.err and value not in result.err


@pytest.mark.parametrize("value", ["03/04/2020", "03-04-2020", "03/04/2020 10:00:00", "2020-01-02T03:04:05.123456789"])
def test_a_date_of_no_standard_form_stays_text(work, value):
    work.write("in.csv", f"id,x\n1,{value}\n")
    work.run({"path": "in.csv"}, {"path": "out.csv"}, KEPT)
    assert lines(work)[1] == f"1,{value}"


def test_a_json_date_of_no_standard_form_stays_text(work):
    work.write("in.jsonl", '{"id":1,"x":"03-04-2020"}\n')
    work.run({"path": "in.jsonl"}, {"path": "out.jsonl"}, KEPT)
    assert lines(work, "out.jsonl") == ['{"id":1,"x":"03-04-2020"}']


def test_json_integers_of_any_length(work):
    work.write("in.jsonl", '{"id":1,"x":123456789012345678901234567890}\n')
    assert "digits" in work.run({"path": "in.jsonl"}, {"path": "out.jsonl"}, KEPT, code=2).err
    work.run({"path": "in.jsonl", "types": {"x": "varchar"}}, {"path": "out.jsonl"}, KEPT)
    assert lines(work, "out.jsonl") == ['{"id":1,"x":"123456789012345678901234567890"}']


def test_json_names_that_differ_in_case_only_keep_their_values(work):
    work.write("in.json", '[{"Id":1,"id":2},{"Id":3,"id":4}]')
    work.run({"path": "in.json"}, {"path": "out.jsonl"}, {"Id": "keep", "id_1": "keep"})
    assert lines(work, "out.jsonl") == ['{"Id":1,"id_1":2}', '{"Id":3,"id_1":4}']


def test_a_row_that_begins_with_a_hash_is_a_row(work):
    work.write("in.csv", "id,x\n#1,a\n#2,b\n3,c\n")
    work.run({"path": "in.csv"}, {"path": "out.csv"}, KEPT)
    assert len(lines(work)) == 4


@pytest.mark.parametrize("x", ["keep", "encrypt"])
def test_an_empty_text_is_not_null(work, x):
    work.write("in.csv", 'id,x\n1,""\n2,\n3,a\n')
    work.run({"path": "in.csv"}, {"path": "out.csv"}, {"id": "encrypt", "x": x})
    work.coffer("reveal", work.path / "out.csv", "-o", work.path / "back.csv")
    assert lines(work, "back.csv") == ["id,x", '1,""', "2,", "3,a"]


def test_a_quoted_empty_number_or_date_is_null(work):
    work.write("in.csv", '"id","x","d"\n"1","","2020-01-02"\n"2","5",""\n')
    work.run({"path": "in.csv"}, {"path": "out.csv"}, KEPT | {"d": "keep"})
    assert lines(work) == ["id,x,d", "1,,2020-01-02", "2,5,"]


def test_what_was_written_with_leading_zeros_is_revealed_with_them(work):
    work.write("in.csv", "id,x\n1,007\n2,08\n")
    work.run({"path": "in.csv", "types": {"x": "varchar"}}, {"path": "out.csv"}, {"id": "encrypt", "x": "keep"})
    work.coffer("reveal", work.path / "out.csv", "-o", work.path / "back.csv")
    assert lines(work, "back.csv") == ["id,x", "1,007", "2,08"]


def test_nan_is_not_made_null(work):
    origin = Place("duckdb", work, name="s", prefix="s").fill("SELECT 1 AS id, 'nan'::DOUBLE AS x")
    target = Place("sqlite", work)
    assert "column x" in work.run(origin.source(), target.destination(), KEPT, code=2).err
    assert not target.exists()


def test_two_sources_of_one_table_have_a_cursor_each(work):
    rows(work.path / "s.duckdb", "CREATE TABLE eu AS SELECT i AS id, 100 + i AS x FROM range(5) t(i)")
    rows(work.path / "s.duckdb", "CREATE TABLE us AS SELECT 50 + i AS id, 10 + i AS x FROM range(5) t(i)")
    for _ in range(2):
        for name in ("eu", "us"):
            work.run({"duckdb": "s.duckdb", "table": name, "incremental": {"cursor": "x"}},
                     {"duckdb": "o.duckdb", "table": "t", "write": "append"}, KEPT, dataset="t")
    assert rows(work.path / "o.duckdb", "SELECT count(*), count(DISTINCT id) FROM t") == [(10, 10)]


def test_merge_sees_a_late_row_of_the_last_value(work):
    source = {"duckdb": "s.duckdb", "table": "s", "incremental": {"cursor": "x"}}
    target = {"duckdb": "o.duckdb", "table": "t", "write": "merge", "primary_key": ["id"]}
    rows(work.path / "s.duckdb", "CREATE TABLE s AS SELECT i AS id, i AS x FROM range(5) t(i)")
    work.run(source, target, KEPT)
    rows(work.path / "s.duckdb", "INSERT INTO s VALUES (100, 4)")
    work.run(source, target, KEPT)
    assert len(read_table(work.path / "o.duckdb", "t")) == 6


@pytest.mark.parametrize("narrow", [{"new_only": True}, {"incremental": {"cursor": "x"}}])
def test_only_what_is_new_does_not_replace_all(work, narrow):
    work.write("in.csv", "id,x\n1,2\n")
    work.run({"path": "in.csv"} | narrow, {"duckdb": "o.duckdb", "table": "t"}, KEPT, code=2)


def test_a_file_is_the_same_from_wherever_it_is_named(work):
    work.write("raw/a.csv", "id,x\n1,2\n")
    document = {"source": {"path": ["raw/*.csv", "raw/a.csv"], "new_only": True}, "fields": KEPT,
                "destination": {"duckdb": "o.duckdb", "table": "t", "write": "append"}}
    path = work.pipeline(document)
    (work.path / "sub").mkdir()
    work.coffer("run", path)
    work.coffer("run", "../pipeline.yaml", cwd=work.path / "sub")
    work.coffer("run", "pipeline.yaml")
    assert len(read_table(work.path / "o.duckdb", "t")) == 1


@pytest.mark.parametrize("kind", ["postgres", "sqlite", "folder"])
def test_loads_at_the_same_time_all_keep_their_keys(work, postgres, kind):
    for i in range(3):
        rows(work.path / f"s{i}.duckdb", f"CREATE TABLE s AS SELECT {i} * 1000 + i AS id, 'v' || i AS x FROM range(900) t(i)")
    target = Place(kind, work, postgres).destination() if kind != "folder" else {"path": "out/"}
    paths = [work.pipeline({
        "source": {"duckdb": f"s{i}.duckdb", "table": "s"}, "destination": target | {"write": "append"},
        "fields": {"id": "keep", "x": "encrypt"}, "dataset": "t"}, f"p{i}.yaml") for i in range(3)]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        loaded = sum(result.code == 0 for result in pool.map(lambda path: work.coffer("run", path, code=None), paths))
    assert loaded > 0
    if kind == "folder":
        target = {"path": work.path / "out"}
    assert len(work.reveal(target, "--dataset", "t")) == 900 * loaded


def test_replace_in_duckdb_keeps_constraints_defaults_and_comments(work):
    path = work.path / "o.duckdb"
    rows(path, "CREATE TABLE t (id BIGINT PRIMARY KEY, x VARCHAR NOT NULL DEFAULT 'd', g BIGINT GENERATED ALWAYS AS (id * 2))")
    rows(path, "COMMENT ON TABLE t IS 'hello'")
    rows(path, "INSERT INTO t (id, x) VALUES (1, 'old')")
    work.write("in.csv", "id,x,y\n1,new,5\n")
    for more, fields in (({}, {"y": "drop"}), ({"schema": "evolve"}, {"y": "keep"})):
        work.run({"path": "in.csv"}, {"duckdb": "o.duckdb", "table": "t"} | more, KEPT | fields)
        assert rows(path, "SELECT id, x, g FROM t") == [(1, "new", 2)]
        sql, comment = rows(path, "SELECT sql, comment FROM duckdb_tables() WHERE table_name = 't'")[0]
        assert "PRIMARY KEY" in sql and "DEFAULT" in sql and comment == "hello"


def test_a_file_that_is_no_database_is_not_written_over(work):
    work.write("in.csv", "id,x\n1,2\n")
    work.run({"path": "in.csv"}, {"duckdb": "in.csv", "table": "t"}, KEPT, code=2)
    assert lines(work, "in.csv") == ["id,x", "1,2"]
    assert [path.name for path in work.path.iterdir() if path.name.startswith("in.csv")] == ["in.csv"]


def test_names_that_the_destination_would_change_are_refused(work, postgres):
    postgres.execute('CREATE TABLE s ("A" int, a int)')
    source = {"postgres": postgres.uri, "table": "s"}
    fields = {"A": "keep", "a": "keep"}
    for target in ({"path": "out.csv"}, {"duckdb": "o.duckdb", "table": "t"}, {"sqlite": "o.sqlite", "table": "t"}):
        assert "case" in work.run(source, target, fields, code=2).err
    long = "c" * 64
    rows(work.path / "s.duckdb", f'CREATE TABLE s AS SELECT 1 AS id, 2 AS "{long}"')
    source = {"duckdb": "s.duckdb", "table": "s"}
    target = {"postgres": postgres.uri, "table": "t"}
    assert "63" in work.run(source, target, {"id": "keep", long: "encrypt"}, code=2).err


def test_merge_into_postgres_by_an_identity_column(work, postgres):
    postgres.execute("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x text)")
    postgres.execute("INSERT INTO t (x) VALUES ('old'), ('kept')")
    work.write("in.csv", "id,x\n1,new\n7,more\n")
    target = {"postgres": postgres.uri, "table": "t", "write": "merge", "primary_key": ["id"]}
    work.run({"path": "in.csv"}, target, KEPT)
    assert sorted(postgres.rows("SELECT id, x FROM t")) == [(1, "new"), (2, "kept"), (7, "more")]


def test_sqlite_is_read_after_a_writer_was_killed(work):
    """A journal that a killed writer left has to be rolled back by somebody who may write."""
    target = Place("sqlite", work)
    work.write("in.csv", "id,x\n1,2\n")
    work.run({"path": "in.csv"}, target.destination(), {"id": "keep", "x": "encrypt"})
    connection = sqlite3.connect(target.file, isolation_level=None)
    connection.executescript("PRAGMA cache_size = 5; PRAGMA cache_spill = 1; BEGIN; CREATE TABLE other (x);"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                             "INSERT INTO other SELECT hex(randomblob(50)) FROM n")
    killed = work.path / "killed.sqlite"
    killed.write_bytes(target.file.read_bytes())
    (work.path / "killed.sqlite-journal").write_bytes((work.path / f"{target.file.name}-journal").read_bytes())
    connection.execute("ROLLBACK")
    assert len(work.reveal({"sqlite": killed, "table": "t"})) == 1


@pytest.mark.parametrize("value,text", [
    ("'1 day 00:00:00.000001'::INTERVAL", "1 day 00:00:00.000001"), ("'-1 month'::INTERVAL", "-1 month"),
    ("'10:00:00+05:30'::TIMETZ", "10:00:00+05:30"), ("9007199254740993::HUGEINT", "9007199254740993"),
    ("[9007199254740993::HUGEINT]", "[9007199254740993]"),
])
def test_parquet_keeps_all_of_a_value(work, value, text):
    origin = Place("duckdb", work, name="s", prefix="s").fill(f"SELECT 1 AS id, {value} AS x")
    path = "x[]" if value.startswith("[") else "x"
    work.run(origin.source(), {"path": "out.parquet"}, {"id": "keep", path: "keep"})
    assert rows(":memory:", f"SELECT x::VARCHAR FROM '{work.path}/out.parquet'") == [(text,)]


def test_tables_that_replace_one_another_are_refused(work):
    work.write("in.csv", "id,x\n1,2\n")
    shared = {"source": {"path": "in.csv"}, "destination": {"duckdb": "o.duckdb", "table": "t"}, "fields": KEPT}
    assert "same place" in work.coffer("run", work.pipeline(shared | {"tables": {"a": {}, "b": {}}}), code=2).err
    assert not (work.path / "o.duckdb").exists()


def test_parts_of_two_forms_do_not_meet_in_a_folder(work):
    work.write("in.csv", "id,x\n1,2\n")
    for form, code in (("parquet", 0), ("csv", 2), ("parquet", 0)):
        work.run({"path": "in.csv"}, {"path": "out/", "format": form, "write": "append"}, KEPT, code=code)


@pytest.mark.parametrize("kind", ["duckdb", "sqlite", "postgres"])
def test_rows_of_two_datasets_do_not_meet_in_a_table(work, postgres, kind):
    work.write("in.csv", "id,x\n1,2\n")
    target = Place(kind, work, postgres).destination(write="append")
    fields = {"id": "keep", "x": "encrypt"}
    work.run({"path": "in.csv"}, target, fields, dataset="a")
    assert "dataset" in work.run({"path": "in.csv"}, target, fields, dataset="b", code=2).err
    assert len(work.reveal(target, "--dataset", "a")) == 1


def test_values_of_a_map_come_back_from_json_lines(work):
    origin = Place("duckdb", work, name="s", prefix="s").fill("SELECT i AS id, MAP {'k' || i: 's' || i} AS x FROM range(300) t(i)")
    target = {"path": work.path / "out.jsonl"}
    work.run(origin.source(), {"path": "out.jsonl"}, {"id": "keep", "x{key}": "keep", "x{value}": "encrypt"})
    assert '"s7"' not in (work.path / "out.jsonl").read_text()
    assert {row["id"]: str(row["x"]).replace(" ", "") for row in work.reveal(target)}[7] == '{"k7":"s7"}'


@pytest.mark.parametrize("kind,value", [
    ("varchar(3)", "'long'"), ("numeric(10,2)", "1.239::DECIMAL(10,3)"), ("timestamp(0)", "'2020-01-01 00:00:00.5'::TIMESTAMP"),
    ("real", "0.1::DOUBLE"), ("date", "'2020-01-01 10:00:00'::TIMESTAMP"), ("double precision", "9007199254740993::BIGINT"),
    ("smallint", "70000"),
])
@pytest.mark.parametrize("mode", ["replace", "append", "merge"])
def test_postgres_rounds_and_cuts_nothing(work, postgres, mode, kind, value):
    postgres.execute(f"CREATE TABLE t (id int PRIMARY KEY, x {kind})")
    origin = Place("duckdb", work, name="s", prefix="s").fill(f"SELECT 1::INTEGER AS id, {value} AS x")
    target = {"postgres": postgres.uri, "table": "t", "write": mode} | ({"primary_key": ["id"]} if mode == "merge" else {})
    work.run(origin.source(), target, KEPT, code=2)
    assert postgres.rows("SELECT * FROM t") == []


@pytest.mark.parametrize("kind,value", [
    ("varchar(4)", "'long'"), ("numeric(10,2)", "1.230::DECIMAL(10,3)"), ("timestamp(0)", "'2020-01-01 00:00:01'::TIMESTAMP"),
    ("real", "0.5::DOUBLE"), ("bigint", "7::INTEGER"), ("numeric", "7::BIGINT"), ("double precision", "0.1::FLOAT"),
])
def test_postgres_takes_what_it_keeps_whole(work, postgres, kind, value):
    postgres.execute(f"CREATE TABLE t (id int PRIMARY KEY, x {kind})")
    origin = Place("duckdb", work, name="s", prefix="s").fill(f"SELECT 1::INTEGER AS id, {value} AS x")
    work.run(origin.source(), {"postgres": postgres.uri, "table": "t"}, KEPT)
    assert len(postgres.rows("SELECT * FROM t")) == 1


@pytest.mark.parametrize("name,other", [("d[1]/a.csv", "d1/a.csv"), ("a*b.csv", "axb.csv"), ("q?.csv", "qq.csv"), ("{x}.csv", "x.csv")])
def test_a_file_whose_name_is_a_pattern_is_that_file(work, name, other):
    work.write(name, "id,x\n1,right\n")
    work.write(other, "id,x\n2,wrong\n")
    work.run({"path": name}, {"path": "out[1]/", "format": "csv"}, {"id": "keep", "x": "encrypt"}, dataset="t")
    assert [row["x"] for row in work.reveal({"path": work.path / "out[1]"}, "--dataset", "t")] == ["right"]
