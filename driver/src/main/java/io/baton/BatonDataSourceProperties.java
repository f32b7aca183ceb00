package io.baton;

import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonOptions;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.DataSourceSettings;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.naming.NamingException;
import javax.naming.RefAddr;
import javax.naming.Reference;
import javax.naming.StringRefAddr;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.ds.common.BaseDataSource;

/**
 * The bean properties of a data source of Baton: those of pgjdbc's data sources, a {@code url}, and
 * one for each option of Baton.
 *
 * <p>The property of an option takes the same text as the URL, {@code setFailoverTimeout("20s")},
 * since pools, containers and frameworks pass texts. A text that is not valid is refused at once
 * with an {@link IllegalArgumentException}, whose cause is the exception that connecting with it
 * would throw. Null removes a value.
 *
 * <p>If the {@code url} and another bean property set the same thing, the other bean property wins,
 * in whatever order they are set: pools set properties in any order.
 *
 * <p>Not thread-safe: set the properties before opening connections.
 */
public abstract class BatonDataSourceProperties extends BaseDataSource {

  private final Map<String, String> optionTexts = new LinkedHashMap<>();
  private @Nullable String url;
  private transient @Nullable PasswordSupplier passwordSupplierInstance;
  private boolean hostsAreSet;
  private boolean portsAreSet;

  BatonDataSourceProperties() {}

  /** Returns the URL that the properties result in. */
  final BatonUrl effectiveUrl() throws SQLException {
    BatonUrl composed = settings().compose();
    PasswordSupplier instance = passwordSupplierInstance;
    return instance == null ? composed : composed.withPasswordSupplier(instance);
  }

  /**
   * The URL with these properties in place of those that are set: {@link DataSourceSettings#all}.
   */
  final BatonUrl effectiveUrl(Map<String, String> changes) throws SQLException {
    BatonUrl composed = settings().with(changes).compose();
    PasswordSupplier instance = passwordSupplierInstance;
    return instance == null || changes.containsKey("password")
        ? composed
        : composed.withPasswordSupplier(instance);
  }

  /** Returns everything that was set. */
  final DataSourceSettings settings() {
    Map<String, String> byName = new LinkedHashMap<>(pgSettings());
    byName.putAll(optionTexts);
    return new DataSourceSettings(
        url,
        hostsAreSet ? String.join(",", getServerNames()) : null,
        portsAreSet ? DataSourceSettings.join(getPortNumbers()) : null,
        byName);
  }

  /** Returns the properties of pgjdbc that were set, except hosts and ports. */
  private Map<String, String> pgSettings() {
    Map<String, String> byName = new LinkedHashMap<>();
    // Only here the base class distinguishes what was set from defaults.
    Reference reference = pgReference();
    for (int i = 0; i < reference.size(); i++) {
      RefAddr address = reference.get(i);
      if (PGProperty.forName(address.getType()) != null
          && address.getContent() instanceof String value) {
        byName.put(address.getType(), value);
      }
    }
    String database = getDatabaseName();
    if (database != null && !database.isEmpty()) {
      byName.put(PGProperty.PG_DBNAME.getName(), database);
    }
    return byName;
  }

  private Reference pgReference() {
    try {
      return super.getReference();
    } catch (NamingException e) {
      throw new IllegalStateException("The properties of pgjdbc cannot be read", e);
    }
  }

  /**
   * Returns the URL as it was set; if none was, one made of the other properties, without user and
   * secrets.
   */
  @Override
  public String getUrl() {
    String given = url;
    return given != null ? given : settings().describe();
  }

  /**
   * Sets the URL; other properties take precedence over it.
   *
   * @throws IllegalArgumentException if it is malformed, or an option in it is not valid
   */
  @Override
  public void setUrl(@Nullable String url) {
    if (url != null) {
      try {
        BatonUrl.parse(url, null);
      } catch (SQLException e) {
        throw new IllegalArgumentException(e.getMessage(), e);
      }
    }
    this.url = url;
  }

  @Override
  public void setURL(@Nullable String url) {
    setUrl(url);
  }

  @Override
  public void setServerNames(@Nullable String @Nullable [] serverNames) {
    hostsAreSet = serverNames != null && serverNames.length > 0;
    super.setServerNames(serverNames);
  }

  /** Sets the ports of the hosts, one for all of them or one each. */
  @Override
  public void setPortNumbers(int @Nullable [] portNumbers) {
    portsAreSet = portNumbers != null && portNumbers.length > 0;
    super.setPortNumbers(portNumbers);
  }

  /** Returns the value of an option of Baton or a property of pgjdbc, or its default. */
  @Override
  public @Nullable String getProperty(String name) throws SQLException {
    return BatonOptions.isBatonName(name)
        ? text(BatonOptions.require(name))
        : super.getProperty(name);
  }

  /**
   * Sets an option of Baton ({@code baton.reads}) or a property of pgjdbc ({@code
   * prepareThreshold}) by its name.
   *
   * @throws SQLException 22023 if there is none of this name or the value is malformed
   */
  @Override
  public void setProperty(String name, @Nullable String value) throws SQLException {
    if (BatonOptions.isBatonName(name)) {
      put(BatonOptions.require(name), value);
    } else {
      super.setProperty(name, value);
    }
  }

  /** Returns the JNDI reference of this data source, which includes the password. */
  @Override
  public Reference getReference() throws NamingException {
    Reference reference =
        new Reference(getClass().getName(), BatonDataSourceFactory.class.getName(), null);
    settings().byName().forEach((name, value) -> reference.add(new StringRefAddr(name, value)));
    return reference;
  }

  @Override
  public void setFromReference(Reference reference) {
    BatonDataSourceFactory.set(this, BatonDataSourceFactory.addresses(reference));
  }

  /**
   * Has an instance asked for the password of each connection to a server, in place of {@link
   * #setPasswordSupplier a class} or a password. It is neither serialized nor part of a JNDI
   * reference.
   */
  public void setPasswordSupplierInstance(@Nullable PasswordSupplier instance) {
    passwordSupplierInstance = instance;
  }

  /** See {@link #setPasswordSupplierInstance}. */
  public @Nullable PasswordSupplier getPasswordSupplierInstance() {
    return passwordSupplierInstance;
  }

  /** Returns the class and the URL, without user and secrets. */
  @Override
  public String toString() {
    return getClass().getSimpleName() + "[" + settings().describe() + "]";
  }

  private String text(BatonOption<?> option) {
    return optionTexts.getOrDefault(option.name(), option.defaultText());
  }

  private void set(BatonOption<?> option, @Nullable String text) {
    try {
      put(option, text);
    } catch (SQLException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private void put(BatonOption<?> option, @Nullable String text) throws SQLException {
    if (text == null) {
      optionTexts.remove(option.name());
    } else {
      option.parse(text);
      optionTexts.put(option.name(), text);
    }
  }

  /** Where the list of servers comes from: {@code baton.topology}. */
  public String getTopology() {
    return text(BatonOption.TOPOLOGY);
  }

  /** See {@link #getTopology}. */
  public void setTopology(@Nullable String topology) {
    set(BatonOption.TOPOLOGY, topology);
  }

  /** How often the list of servers is read again: {@code baton.topologyRefresh}. */
  public String getTopologyRefresh() {
    return text(BatonOption.TOPOLOGY_REFRESH);
  }

  /** See {@link #getTopologyRefresh}. */
  public void setTopologyRefresh(@Nullable String topologyRefresh) {
    set(BatonOption.TOPOLOGY_REFRESH, topologyRefresh);
  }

  /** The address of Patroni's REST interface: {@code baton.patroniUrls}. */
  public String getPatroniUrls() {
    return text(BatonOption.PATRONI_URLS);
  }

  /** See {@link #getPatroniUrls}. */
  public void setPatroniUrls(@Nullable String patroniUrls) {
    set(BatonOption.PATRONI_URLS, patroniUrls);
  }

  /** How the instances of an Aurora cluster are reached: {@code baton.auroraHostPattern}. */
  public String getAuroraHostPattern() {
    return text(BatonOption.AURORA_HOST_PATTERN);
  }

  /** See {@link #getAuroraHostPattern}. */
  public void setAuroraHostPattern(@Nullable String auroraHostPattern) {
    set(BatonOption.AURORA_HOST_PATTERN, auroraHostPattern);
  }

  /** The kind of server a session starts on: {@code baton.target}. */
  public String getTarget() {
    return text(BatonOption.TARGET);
  }

  /** See {@link #getTarget}. */
  public void setTarget(@Nullable String target) {
    set(BatonOption.TARGET, target);
  }

  /** Which statements may run on a reader: {@code baton.reads}. */
  public String getReads() {
    return text(BatonOption.READS);
  }

  /** See {@link #getReads}. */
  public void setReads(@Nullable String reads) {
    set(BatonOption.READS, reads);
  }

  /** Which writes a read on a reader is guaranteed to see: {@code baton.consistency}. */
  public String getConsistency() {
    return text(BatonOption.CONSISTENCY);
  }

  /** See {@link #getConsistency}. */
  public void setConsistency(@Nullable String consistency) {
    set(BatonOption.CONSISTENCY, consistency);
  }

  /** How long a read waits for a reader that is behind: {@code baton.consistencyWait}. */
  public String getConsistencyWait() {
    return text(BatonOption.CONSISTENCY_WAIT);
  }

  /** See {@link #getConsistencyWait}. */
  public void setConsistencyWait(@Nullable String consistencyWait) {
    set(BatonOption.CONSISTENCY_WAIT, consistencyWait);
  }

  /** How far a reader may be behind: {@code baton.maxLag}. */
  public String getMaxLag() {
    return text(BatonOption.MAX_LAG);
  }

  /** See {@link #getMaxLag}. */
  public void setMaxLag(@Nullable String maxLag) {
    set(BatonOption.MAX_LAG, maxLag);
  }

  /** How one of several readers is chosen: {@code baton.select}. */
  public String getSelect() {
    return text(BatonOption.SELECT);
  }

  /** See {@link #getSelect}. */
  public void setSelect(@Nullable String select) {
    set(BatonOption.SELECT, select);
  }

  /** What a server must have to be read from: {@code baton.needs}. */
  public String getNeeds() {
    return text(BatonOption.NEEDS);
  }

  /** See {@link #getNeeds}. */
  public void setNeeds(@Nullable String needs) {
    set(BatonOption.NEEDS, needs);
  }

  /** The zone that the application runs in: {@code baton.zone}. */
  public String getZone() {
    return text(BatonOption.ZONE);
  }

  /** See {@link #getZone}. */
  public void setZone(@Nullable String zone) {
    set(BatonOption.ZONE, zone);
  }

  /** Groups of servers: {@code baton.groups}. */
  public String getGroups() {
    return text(BatonOption.GROUPS);
  }

  /** See {@link #getGroups}. */
  public void setGroups(@Nullable String groups) {
    set(BatonOption.GROUPS, groups);
  }

  /** Which sessions read from which group: {@code baton.rules}. */
  public String getRules() {
    return text(BatonOption.RULES);
  }

  /** See {@link #getRules}. */
  public void setRules(@Nullable String rules) {
    set(BatonOption.RULES, rules);
  }

  /** What is rebuilt when a session moves: {@code baton.replay}. */
  public String getReplay() {
    return text(BatonOption.REPLAY);
  }

  /** See {@link #getReplay}. */
  public void setReplay(@Nullable String replay) {
    set(BatonOption.REPLAY, replay);
  }

  /** Whether a replay compares what was written, too: {@code baton.replayStrict}. */
  public String getReplayStrict() {
    return text(BatonOption.REPLAY_STRICT);
  }

  /** See {@link #getReplayStrict}. */
  public void setReplayStrict(@Nullable String replayStrict) {
    set(BatonOption.REPLAY_STRICT, replayStrict);
  }

  /** Which settings of one's own are followed whatever code sets them: {@code baton.settings}. */
  public String getSettings() {
    return text(BatonOption.SETTINGS);
  }

  /** See {@link #getSettings}. */
  public void setSettings(@Nullable String settings) {
    set(BatonOption.SETTINGS, settings);
  }

  /** How much of a transaction is kept for its replay: {@code baton.journal.maxBytes}. */
  public String getJournalMaxBytes() {
    return text(BatonOption.JOURNAL_MAX_BYTES);
  }

  /** See {@link #getJournalMaxBytes}. */
  public void setJournalMaxBytes(@Nullable String journalMaxBytes) {
    set(BatonOption.JOURNAL_MAX_BYTES, journalMaxBytes);
  }

  /** How a commit cut off in flight is resolved: {@code baton.commitOutcome}. */
  public String getCommitOutcome() {
    return text(BatonOption.COMMIT_OUTCOME);
  }

  /** See {@link #getCommitOutcome}. */
  public void setCommitOutcome(@Nullable String commitOutcome) {
    set(BatonOption.COMMIT_OUTCOME, commitOutcome);
  }

  /** How a write outside a transaction is run: {@code baton.autocommitWrites}. */
  public String getAutocommitWrites() {
    return text(BatonOption.AUTOCOMMIT_WRITES);
  }

  /** See {@link #getAutocommitWrites}. */
  public void setAutocommitWrites(@Nullable String autocommitWrites) {
    set(BatonOption.AUTOCOMMIT_WRITES, autocommitWrites);
  }

  /** How often a transaction that the server refused is replayed: {@code baton.retryConflicts}. */
  public String getRetryConflicts() {
    return text(BatonOption.RETRY_CONFLICTS);
  }

  /** See {@link #getRetryConflicts}. */
  public void setRetryConflicts(@Nullable String retryConflicts) {
    set(BatonOption.RETRY_CONFLICTS, retryConflicts);
  }

  /** How long a session waits for a server: {@code baton.failoverTimeout}. */
  public String getFailoverTimeout() {
    return text(BatonOption.FAILOVER_TIMEOUT);
  }

  /** See {@link #getFailoverTimeout}. */
  public void setFailoverTimeout(@Nullable String failoverTimeout) {
    set(BatonOption.FAILOVER_TIMEOUT, failoverTimeout);
  }

  /** How often each server is checked: {@code baton.heartbeat}. */
  public String getHeartbeat() {
    return text(BatonOption.HEARTBEAT);
  }

  /** See {@link #getHeartbeat}. */
  public void setHeartbeat(@Nullable String heartbeat) {
    set(BatonOption.HEARTBEAT, heartbeat);
  }

  /** How long a standby that answers nothing is waited for: {@code baton.silence}. */
  public String getSilence() {
    return text(BatonOption.SILENCE);
  }

  /** See {@link #getSilence}. */
  public void setSilence(@Nullable String silence) {
    set(BatonOption.SILENCE, silence);
  }

  /** How long a transaction may hold up a planned move: {@code baton.drainTimeout}. */
  public String getDrainTimeout() {
    return text(BatonOption.DRAIN_TIMEOUT);
  }

  /** See {@link #getDrainTimeout}. */
  public void setDrainTimeout(@Nullable String drainTimeout) {
    set(BatonOption.DRAIN_TIMEOUT, drainTimeout);
  }

  /** The servers that sessions may be cut over to: {@code baton.successor}. */
  public String getSuccessor() {
    return text(BatonOption.SUCCESSOR);
  }

  /** See {@link #getSuccessor}. */
  public void setSuccessor(@Nullable String successor) {
    set(BatonOption.SUCCESSOR, successor);
  }

  /** The database that sessions go to at the successor: {@code baton.successorDatabase}. */
  public String getSuccessorDatabase() {
    return text(BatonOption.SUCCESSOR_DATABASE);
  }

  /** See {@link #getSuccessorDatabase}. */
  public void setSuccessorDatabase(@Nullable String successorDatabase) {
    set(BatonOption.SUCCESSOR_DATABASE, successorDatabase);
  }

  /** The user that sessions log in as at the successor: {@code baton.successorUser}. */
  public String getSuccessorUser() {
    return text(BatonOption.SUCCESSOR_USER);
  }

  /** See {@link #getSuccessorUser}. */
  public void setSuccessorUser(@Nullable String successorUser) {
    set(BatonOption.SUCCESSOR_USER, successorUser);
  }

  /** How long a cut over may hold transactions back: {@code baton.cutoverPause}. */
  public String getCutoverPause() {
    return text(BatonOption.CUTOVER_PAUSE);
  }

  /** See {@link #getCutoverPause}. */
  public void setCutoverPause(@Nullable String cutoverPause) {
    set(BatonOption.CUTOVER_PAUSE, cutoverPause);
  }

  /** What waits for its turn at a server: {@code baton.admission}. */
  public String getAdmission() {
    return text(BatonOption.ADMISSION);
  }

  /** See {@link #getAdmission}. */
  public void setAdmission(@Nullable String admission) {
    set(BatonOption.ADMISSION, admission);
  }

  /** How many connections may be opened in a second: {@code baton.capacity}. */
  public String getCapacity() {
    return text(BatonOption.CAPACITY);
  }

  /** See {@link #getCapacity}. */
  public void setCapacity(@Nullable String capacity) {
    set(BatonOption.CAPACITY, capacity);
  }

  /** How many connections are kept at each standby: {@code baton.warm}. */
  public String getWarm() {
    return text(BatonOption.WARM);
  }

  /** See {@link #getWarm}. */
  public void setWarm(@Nullable String warm) {
    set(BatonOption.WARM, warm);
  }

  /** The class that supplies the password of each connection: {@code baton.passwordSupplier}. */
  public String getPasswordSupplier() {
    return text(BatonOption.PASSWORD_SUPPLIER);
  }

  /** See {@link #getPasswordSupplier}. */
  public void setPasswordSupplier(@Nullable String passwordSupplier) {
    set(BatonOption.PASSWORD_SUPPLIER, passwordSupplier);
  }

  /** What becomes of state that a request has left behind: {@code baton.requestEnd}. */
  public String getRequestEnd() {
    return text(BatonOption.REQUEST_END);
  }

  /** See {@link #getRequestEnd}. */
  public void setRequestEnd(@Nullable String requestEnd) {
    set(BatonOption.REQUEST_END, requestEnd);
  }
}
