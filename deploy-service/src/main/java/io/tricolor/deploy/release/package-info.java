/** Releases that clusters have or had, and in what manifests differ. */
@NullMarked
package io.tricolor.deploy.release;

import org.jspecify.annotations.NullMarked;
