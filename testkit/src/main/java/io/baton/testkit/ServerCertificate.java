package io.baton.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;

/** A key and a certificate signed with it, for servers that are to speak TLS. */
public final class ServerCertificate {

  private static final String ALIAS = "server";
  private static final String PASSWORD = "changeit";

  private final String certificate;
  private final String key;

  private ServerCertificate(String certificate, String key) {
    this.certificate = certificate;
    this.key = key;
  }

  /**
   * Makes one for "localhost".
   *
   * @param folder where a file with the key may be left
   */
  public static ServerCertificate create(Path folder) {
    try {
      Path file = Files.createTempDirectory(folder, "key").resolve("key.p12");
      runKeytool(file);
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream content = Files.newInputStream(file)) {
        store.load(content, PASSWORD.toCharArray());
      }
      return new ServerCertificate(
          pem("CERTIFICATE", store.getCertificate(ALIAS).getEncoded()),
          pem("PRIVATE KEY", store.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded()));
    } catch (IOException | GeneralSecurityException failure) {
      throw new ClusterException("No certificate could be made", failure);
    }
  }

  private static void runKeytool(Path file) throws IOException {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-dname",
                "CN=localhost",
                "-keyalg",
                "EC",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD)
            .inheritIO()
            .start();
    try {
      if (keytool.waitFor() != 0) {
        throw new ClusterException("keytool ended with " + keytool.exitValue());
      }
    } catch (InterruptedException interrupted) {
      keytool.destroy();
      Thread.currentThread().interrupt();
      throw new ClusterException("Interrupted while a certificate was made", interrupted);
    }
  }

  private static String pem(String kind, byte[] content) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(
            kind, Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content));
  }

  /** The certificate, as {@code sslrootcert} takes it. */
  public String pem() {
    return certificate;
  }

  /** Lays it into the data folder of a server, which reads it when it is started or reloaded. */
  public void putInto(PostgresNode node) {
    Path data = node.dataFolder().orElseThrow();
    try {
      write(data.resolve("server.crt"), certificate);
      write(data.resolve("server.key"), key);
    } catch (IOException failure) {
      throw new ClusterException("A certificate could not be written to " + data, failure);
    }
  }

  /** Has a server that runs speak TLS with it: the server is started again. */
  public void encrypt(PostgresNode node) throws SQLException {
    putInto(node);
    try (Connection superuser = node.connectAsSuperuser();
        Statement statement = superuser.createStatement()) {
      statement.execute("ALTER SYSTEM SET ssl = on");
    }
    node.restart();
  }

  private static void write(Path file, String content) throws IOException {
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
