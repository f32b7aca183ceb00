package io.baton.routing.source;

import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.Topology;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/**
 * Name service: a host that begins with an underscore, such as {@code _postgresql._tcp.db.example},
 * is looked up as an SRV record (RFC 2782), which gives hosts, ports and weights; of any other host
 * every address is an endpoint, with the port of the URL.
 *
 * <p>Of SRV records only those of the best priority count, unless there is none. Addresses come
 * from the JVM's own resolver, which remembers them for as long as {@code networkaddress.cache.ttl}
 * says; SRV records from the name servers of the operating system.
 */
public final class DnsSource implements EndpointSource {

  private static final String TIMEOUT_MILLIS = "2000";

  private final List<Endpoint> names;
  private final String servers;
  private volatile boolean closed;

  /**
   * Makes a source.
   *
   * @param names the hosts and ports of the URL
   */
  public DnsSource(List<Endpoint> names) {
    this(names, "dns:");
  }

  /**
   * Makes a source that asks certain name servers for SRV records.
   *
   * @param servers as JNDI wants them, such as {@code dns://127.0.0.1:53}
   */
  public DnsSource(List<Endpoint> names, String servers) {
    this.names = List.copyOf(names);
    this.servers = servers;
  }

  @Override
  public String description() {
    return "name service for " + names;
  }

  @Override
  public EndpointListing list(Topology known) throws IOException {
    Map<Endpoint, ListedEndpoint> found = new LinkedHashMap<>();
    IOException first = null;
    for (Endpoint name : names) {
      if (closed) {
        throw new IOException("the cluster is closed");
      }
      try {
        if (name.host().startsWith("_")) {
          services(name.host(), found);
        } else {
          addresses(name, found);
        }
      } catch (IOException failure) {
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    if (first != null) {
      throw first; // Part of a list would have sessions leave servers that are well.
    }
    return new EndpointListing(List.copyOf(found.values()), null);
  }

  private static void addresses(Endpoint name, Map<Endpoint, ListedEndpoint> found)
      throws UnknownHostException {
    for (InetAddress address : InetAddress.getAllByName(name.host())) {
      Endpoint endpoint = new Endpoint(address.getHostAddress(), name.port());
      found.putIfAbsent(endpoint, ListedEndpoint.of(endpoint));
    }
  }

  // JNDI wants a Hashtable. Its provider for DNS reads text, and makes no objects of it.
  @SuppressWarnings({"JdkObsolete", "BanJNDI"})
  private void services(String name, Map<Endpoint, ListedEndpoint> found) throws IOException {
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put("java.naming.factory.initial", "com.sun.jndi.dns.DnsContextFactory");
    environment.put("java.naming.provider.url", servers);
    environment.put("com.sun.jndi.dns.timeout.initial", TIMEOUT_MILLIS);
    environment.put("com.sun.jndi.dns.timeout.retries", "1");
    try {
      DirContext context = new InitialDirContext(environment);
      try {
        Attribute records = context.getAttributes(name, new String[] {"SRV"}).get("SRV");
        if (records == null) {
          throw new IOException("there is no SRV record for " + name);
        }
        int best = Integer.MAX_VALUE;
        NamingEnumeration<?> all = records.getAll();
        while (all.hasMore()) {
          best = Math.min(best, Integer.parseInt(parts(all.next())[0]));
        }
        all = records.getAll();
        while (all.hasMore()) {
          service(parts(all.next()), best, found);
        }
      } finally {
        context.close();
      }
    } catch (NamingException failure) {
      throw new IOException("no answer for the SRV records of " + name + ": " + failure, failure);
    }
  }

  /** Priority, weight, port and host. */
  private static String[] parts(Object record) throws IOException {
    String[] parts = record.toString().strip().split("\\s+", -1);
    if (parts.length != 4) {
      throw new IOException("'" + record + "' is no SRV record");
    }
    return parts;
  }

  private static void service(String[] record, int best, Map<Endpoint, ListedEndpoint> found) {
    if (Integer.parseInt(record[0]) == best) {
      String host =
          record[3].endsWith(".") ? record[3].substring(0, record[3].length() - 1) : record[3];
      Endpoint endpoint = new Endpoint(host, Integer.parseInt(record[2]));
      found.putIfAbsent(
          endpoint, new ListedEndpoint(endpoint, Integer.parseInt(record[1]), null, false));
    }
  }

  /** The lookup that is under way ends by its own time limit; no other one is begun. */
  @Override
  public void close() {
    closed = true;
  }
}
