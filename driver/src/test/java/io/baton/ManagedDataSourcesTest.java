package io.baton;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import javax.naming.spi.NamingManager;
import org.junit.jupiter.api.Test;

/** The data sources of transaction managers and pools, as containers keep them. */
class ManagedDataSourcesTest {

  private static <T extends BatonDataSourceProperties> T configured(T dataSource) throws Exception {
    dataSource.setUrl("jdbc:baton:postgresql://h1,h2/shop");
    dataSource.setUser("app");
    dataSource.setPassword("s3cr3t");
    dataSource.setFailoverTimeout("20s");
    return dataSource;
  }

  private static Object throughAStream(Object dataSource)
      throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream stream = new ObjectOutputStream(bytes)) {
      stream.writeObject(dataSource);
    }
    try (ObjectInputStream stream =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return stream.readObject();
    }
  }

  @Test
  void xaDataSource_throughJndiAndAStream_isTheSame() throws Exception {
    try (BatonXADataSource dataSource = configured(new BatonXADataSource())) {
      for (Object copy :
          new Object[] {
            throughAStream(dataSource),
            NamingManager.getObjectInstance(dataSource.getReference(), null, null, null)
          }) {
        assertThat(copy)
            .isInstanceOfSatisfying(
                BatonXADataSource.class,
                same -> assertThat(same.settings()).isEqualTo(dataSource.settings()));
      }
    }
  }

  @Test
  void poolDataSource_throughJndiAndAStream_isTheSame() throws Exception {
    try (BatonConnectionPoolDataSource dataSource =
        configured(new BatonConnectionPoolDataSource())) {
      dataSource.setDefaultAutoCommit(false);
      for (Object copy :
          new Object[] {
            throughAStream(dataSource),
            NamingManager.getObjectInstance(dataSource.getReference(), null, null, null)
          }) {
        assertThat(copy)
            .isInstanceOfSatisfying(
                BatonConnectionPoolDataSource.class,
                same -> {
                  assertThat(same.settings()).isEqualTo(dataSource.settings());
                  assertThat(same.isDefaultAutoCommit()).isFalse();
                });
      }
    }
  }
}
