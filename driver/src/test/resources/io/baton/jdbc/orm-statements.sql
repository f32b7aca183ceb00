-- One statement a line, in the style of libraries, on the tables of OrmModel.
-- jOOQ
select "public"."customer"."id", "public"."customer"."name" from "public"."customer" where "public"."customer"."name" = ?
select "public"."customer"."id" from "public"."customer" order by "public"."customer"."name" asc offset ? rows fetch next ? rows only
select count(*) from (select "c"."id" from "public"."customer" as "c" where "c"."credit" > ?) as "q"
select 1 as "one" where exists (select 1 as "one" from "public"."purchase" where "public"."purchase"."customer_id" = ?)
with "totals"("customer_id", "total") as (select "p"."customer_id", sum("p"."total") from "public"."purchase" as "p" group by "p"."customer_id") select "c"."name", "totals"."total" from "public"."customer" as "c" join "totals" on "totals"."customer_id" = "c"."id"
select "c"."name", (select coalesce(jsonb_agg(jsonb_build_array("v0", "v1")), jsonb_build_array()) from (select "p"."id" as "v0", "p"."total" as "v1" from "public"."purchase" as "p" where "p"."customer_id" = "c"."id") as "t") from "public"."customer" as "c"
select "c"."name", row_number() over (partition by "c"."since" order by "c"."credit" desc) as "rn", lag("c"."credit") over (order by "c"."id") from "public"."customer" as "c"
select cast(? as int) as "a", cast(? as varchar) || 'insert into x' as "b"
select "v"."a", "v"."b" from (values (cast(? as int), cast(? as varchar)), (2, 'update')) as "v"("a", "b")
(select "public"."customer"."name" from "public"."customer" where "public"."customer"."id" = ?) union all (select "public"."purchase"."status" from "public"."purchase")
select "alias"."id" from "public"."customer" as "alias" where ("alias"."name", "alias"."version") in (('a', 1), ('b', ?))
select "public"."customer"."id" from "public"."customer" for update of "customer" skip locked
select "public"."customer"."id" from "public"."customer" where "public"."customer"."id" = ? for no key update nowait
select "public"."customer"."id" from "public"."customer" for key share
select nextval('"public"."customer_seq"')
select "public"."draw"()
select "t"."d" from "public"."draw"() as "t"("d")
select random() as "r" from "public"."customer"
select gen_random_uuid() as "u"
select clock_timestamp()
select pg_advisory_xact_lock(?)
select pg_notify('a', ?)
select set_config('app.tenant', ?, false)
insert into "public"."purchase" ("placed", "status", "total") values (now(), ?, ?) returning "public"."purchase"."id"
insert into "public"."customer" ("id", "version", "name", "credit", "since") values (?, 0, ?, 1, current_date) on conflict ("id") do nothing
insert into "public"."customer_tag" ("customer_id", "tag") select "c"."id", 'x' from "public"."customer" as "c" where "c"."id" = ?
update "public"."customer" set "name" = ? where "public"."customer"."id" = ? returning "public"."customer"."name"
with "gone" as (delete from "public"."purchase" where "public"."purchase"."id" = ? returning "public"."purchase"."id") select count(*) from "gone"
delete from "public"."customer_tag" where "public"."customer_tag"."tag" = ?
-- Spring Data JPA
select count(c1_0.id) from customer c1_0 where c1_0.credit>?
select c1_0.id from customer c1_0 where c1_0.name=? fetch first ? rows only
select c1_0.id,c1_0.name from customer c1_0 where upper(c1_0.name) like upper(?) escape '\' order by c1_0.name desc offset ? rows fetch first ? rows only
select c1_0.id,p1_0.id,p1_0.total from customer c1_0 left join purchase p1_0 on c1_0.id=p1_0.customer_id where c1_0.id in (?,?,?)
select c1_0.id from customer c1_0 where c1_0.id=? for update
select c1_0.id from customer c1_0 where c1_0.id=? for share
delete from customer c1_0 where c1_0.name=?
update customer set version=?,name=? where id=? and version=?
-- Spring Data JDBC
SELECT "customer"."id" AS "id", "customer"."name" AS "name", "customer"."version" AS "version" FROM "customer" WHERE "customer"."id" = ?
SELECT "customer"."id" AS "id" FROM "customer" ORDER BY "customer"."name" ASC LIMIT ? OFFSET ?
SELECT COUNT(*) FROM "customer"
SELECT "customer"."id" AS "id" FROM "customer" WHERE "customer"."id" = ? FOR UPDATE
SELECT "customer"."id" AS "id" FROM "customer" FOR SHARE OF "customer"
INSERT INTO "customer_tag" ("customer_id", "tag") VALUES (?, ?)
UPDATE "customer" SET "name" = ?, "version" = ? WHERE "customer"."id" = ? AND "customer"."version" = ?
DELETE FROM "customer_tag" WHERE "customer_tag"."customer_id" = ?
-- MyBatis and by hand
select c.*, price(c.id) as price from customer c where c.name like concat('%', cast(? as text), '%')
select date_trunc('month', placed) as month, sum(total) from purchase group by 1 order by 1
select * from rich limit 10
select * from drawing limit 10
select id into temporary table kept from customer
lock table customer in share mode
