-- Code that no text shows: casts and a domain that write. While a database has them, nothing is proven
-- by the text of a statement alone.

create cast (public.mood as smallint) with function public.f_mood_small(public.mood);

create cast (public.amount as numeric) with function public.f_amount_numeric(public.amount) as implicit;

-- a domain whose CHECK writes, and a row type with it

create domain public.d_write as int check (public.f_bool_write(value));
create type public.has_domain as (d public.d_write, t text);

create view public.v_cast as
select id, mood::smallint as m from public.graded;
