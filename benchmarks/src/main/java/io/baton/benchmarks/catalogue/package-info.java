/**
 * What calls take while the catalogue of a large database is read; start reading at {@link
 * io.baton.benchmarks.catalogue.CatalogueBenchmark}.
 */
@NullMarked
package io.baton.benchmarks.catalogue;

import org.jspecify.annotations.NullMarked;
