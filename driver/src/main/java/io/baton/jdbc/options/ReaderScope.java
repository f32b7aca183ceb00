package io.baton.jdbc.options;

import io.baton.routing.select.EndpointGroup;

/**
 * Where the reads of a session may go, and by which rule.
 *
 * @param rule the rule that fits the session
 * @param group the group that it names
 */
public record ReaderScope(SourceRule rule, EndpointGroup group) {

  /** For people: which group, because of what. */
  @Override
  public String toString() {
    return "in the group " + group.name() + ", by the rule " + rule;
  }
}
