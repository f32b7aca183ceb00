package io.baton.routing;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is to be told when an endpoint is given up.
 *
 * <p>Safe for use by many threads; registering and leaving take constant time and no lock that is
 * held while anybody is told.
 */
final class Condemnations {

  private static final Logger log = LoggerFactory.getLogger(Condemnations.class);

  private final Map<Endpoint, Set<Entry>> entries = new ConcurrentHashMap<>();

  Registration register(Endpoint endpoint, CondemnedListener listener) {
    Set<Entry> places = entries.computeIfAbsent(endpoint, any -> ConcurrentHashMap.newKeySet());
    Entry entry = new Entry(places, listener);
    places.add(entry);
    return entry;
  }

  /** Tells all who are registered for the endpoint, and takes them off the list. */
  void condemn(Endpoint endpoint, String reason) {
    for (Entry entry : entries.getOrDefault(endpoint, Set.of())) {
      entry.condemn(reason);
    }
  }

  int registered(Endpoint endpoint) {
    return entries.getOrDefault(endpoint, Set.of()).size();
  }

  private static final class Entry implements Registration {

    private final Set<Entry> places;
    private final CondemnedListener listener;

    Entry(Set<Entry> places, CondemnedListener listener) {
      this.places = places;
      this.listener = listener;
    }

    void condemn(String reason) {
      if (!places.remove(this)) {
        return; // it has left, or somebody else has told it
      }
      try {
        listener.condemned(reason);
      } catch (RuntimeException failure) {
        log.warn("The owner of a connection failed on being told: {}", reason, failure);
      }
    }

    @Override
    public void close() {
      places.remove(this);
    }
  }
}
