package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.StringReader;
import java.util.List;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactory;
import org.apache.ibatis.session.SqlSessionFactoryBuilder;
import org.junit.jupiter.api.Test;

/**
 * MyBatis with its own pool. It requires a driver class for any database; the one that was there
 * for pgjdbc can stay.
 */
@PostgresTest(standbys = 2, synchronous = true)
class MybatisTest {

  /** What the application asks of its database. */
  interface Songs {
    @Update("create table song (title text primary key)")
    void create();

    @Insert("insert into song values (#{title})")
    void add(String title);

    @Select("select title from song order by title")
    List<String> all();

    @Select(Servers.PORT)
    int port();
  }

  @Test
  void session_losesItsServer_andGoesOn(PostgresCluster cluster) {
    SqlSessionFactory sessions =
        new SqlSessionFactoryBuilder().build(new StringReader(configuration(cluster)));
    sessions.getConfiguration().addMapper(Songs.class);
    int before;
    try (SqlSession session = sessions.openSession(true)) {
      session.getMapper(Songs.class).create();
      before = session.getMapper(Songs.class).port();
    }

    try (SqlSession session = sessions.openSession()) {
      Songs songs = session.getMapper(Songs.class);
      songs.add("Yesterday");
      cluster.failover();
      songs.add("Help");
      session.commit();
    }

    try (SqlSession session = sessions.openSession(true)) {
      Songs songs = session.getMapper(Songs.class);
      assertThat(songs.port()).isNotEqualTo(before);
      assertThat(songs.all()).containsExactly("Help", "Yesterday");
    }
  }

  private static String configuration(PostgresCluster cluster) {
    return """
    <!DOCTYPE configuration PUBLIC "-//mybatis.org//DTD Config 3.0//EN" "mybatis-3-config.dtd">
    <configuration>
      <environments default="shop">
        <environment id="shop">
          <transactionManager type="JDBC"/>
          <dataSource type="POOLED">
            <property name="driver" value="org.postgresql.Driver"/>
            <property name="url" value="%s"/>
            <property name="username" value="%s"/>
            <property name="password" value="%s"/>
          </dataSource>
        </environment>
      </environments>
    </configuration>
    """
        .formatted(Servers.url(cluster), cluster.user(), cluster.password());
  }
}
