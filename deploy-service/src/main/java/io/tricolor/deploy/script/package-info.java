/** Scripts of releases: from git, pinned by commit and tree, run as processes. */
@NullMarked
package io.tricolor.deploy.script;

import org.jspecify.annotations.NullMarked;
