package io.baton.failover.cutover;

import io.baton.failover.cutover.ReplicatedMarker.Subscription;
import java.util.List;

/**
 * The two databases of a rehearsal, and what connects them.
 *
 * @param subscriptions the enabled ones of the successor
 * @param roles those that the old database has in its ownership, its grants or its sessions, with
 *     the roles that they are members of
 */
record RehearsedPair(
    RehearsedDatabase old,
    RehearsedDatabase successor,
    List<Subscription> subscriptions,
    List<String> roles) {

  List<String> slots() {
    return subscriptions.stream().map(Subscription::slot).toList();
  }

  List<String> publications() {
    return subscriptions.stream().flatMap(one -> one.publications().stream()).distinct().toList();
  }
}
