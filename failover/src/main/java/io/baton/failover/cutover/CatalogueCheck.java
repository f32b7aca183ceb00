package io.baton.failover.cutover;

import io.baton.failover.cutover.RehearsedDatabase.Item;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A check that asks both sides the same, and names what one has and the other has not, or has in
 * another form. What belongs to something that is missing itself is not named.
 *
 * @param things what is compared, in the plural
 * @param missing what it means that the successor has not got one
 * @param different what it means that the successor's is another
 * @param remedy what to do about it
 * @param sql asks for the items: what each belongs to, its name, and its definition; one parameter
 *     takes the names of the pair's roles
 */
record CatalogueCheck(String things, Weight missing, Weight different, String remedy, String sql)
    implements RehearsalCheck {

  /** How much a difference counts. */
  enum Weight {
    /** It is not looked at. */
    NONE,
    /** Something to look at. */
    NOTICE,
    /** The application would miss it. */
    OBSTACLE
  }

  private static final int LONGEST_SHOWN = 80;

  private static final String SCHEMAS_AND_RELATIONS =
      "select pg_catalog.format('%I', nspname) from pg_catalog.pg_namespace"
          + " union all select pg_catalog.format('%I.%I', n.nspname, c.relname)"
          + " from pg_catalog.pg_class c join pg_catalog.pg_namespace n"
          + " on n.oid operator(pg_catalog.=) c.relnamespace where "
          + Application.SCHEMA;

  @Override
  public List<CutoverFinding> findings(RehearsedPair pair) throws SQLException {
    List<Item> here = pair.old().items(sql, pair.roles());
    Map<String, Item> there =
        pair.successor().items(sql, pair.roles()).stream()
            .collect(Collectors.toMap(Item::name, item -> item, (one, same) -> one));
    List<Item> absent = here.stream().filter(item -> !there.containsKey(item.name())).toList();
    if (!absent.isEmpty()) {
      Set<String> parents = Set.copyOf(pair.successor().names(SCHEMAS_AND_RELATIONS));
      absent =
          absent.stream()
              .filter(item -> item.parent().isEmpty() || parents.contains(item.parent()))
              .toList();
    }
    List<String> others = new ArrayList<>();
    for (Item item : here) {
      Item other = there.get(item.name());
      if (other != null && !Objects.equals(item.definition(), other.definition())) {
        others.add(described(item, other));
      }
    }
    return Stream.concat(
            found(missing, " missing over there: %s", absent.stream().map(Item::name).toList())
                .stream(),
            found(different, " different over there: %s", others).stream())
        .toList();
  }

  private List<CutoverFinding> found(Weight weight, String what, List<String> names) {
    return weight == Weight.NONE
        ? List.of()
        : SideCheck.found(weight == Weight.OBSTACLE, things + what, names, remedy);
  }

  private static String described(Item item, Item other) {
    return item.definition().length() + other.definition().length() > LONGEST_SHOWN
        ? item.name()
        : "%s (%s; over there %s)".formatted(item.name(), item.definition(), other.definition());
  }
}
