package io.baton.session.sql;

import java.util.List;

/**
 * What a definition command changes: not what it merely names, such as columns, roles and other
 * relations, of which one may have the name of something temporary.
 *
 * @param objects the relations, functions, types and domains
 * @param parts the indexes and sequences, which may belong to a table of another name
 */
public record DefinitionTarget(List<RelationName> objects, List<RelationName> parts) {

  static final DefinitionTarget NONE = new DefinitionTarget(List.of(), List.of());

  /** Copies the lists. */
  public DefinitionTarget {
    objects = List.copyOf(objects);
    parts = List.copyOf(parts);
  }
}
