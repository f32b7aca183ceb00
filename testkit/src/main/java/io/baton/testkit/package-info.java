/** Real PostgreSQL clusters for tests and demos, with faults. */
@NullMarked
package io.baton.testkit;

import org.jspecify.annotations.NullMarked;
