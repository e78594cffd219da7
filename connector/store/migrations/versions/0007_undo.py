"""Keep what a row said before a run changed it, so that a run can be undone"""

import sqlalchemy as sa
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('prior_rows',
    sa.Column('run_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('placement_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('object', sa.String(length=80), nullable=False),
    sa.Column('salesforce_id', sa.String(length=18), nullable=False),
    sa.Column('content_hash', sa.String(length=16), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('kept_at', sa.BigInteger(), nullable=False),
    sa.Column('undo_id', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.String(length=10), nullable=True),
    sa.Column('code', sa.String(length=60), server_default='', nullable=False),
    sa.Column('reason', sa.String(length=255), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_prior_rows_org_id_orgs')),
    sa.PrimaryKeyConstraint('run_id', 'placement_id', name=op.f('pk_prior_rows')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_prior_rows_placement_id', 'prior_rows', ['placement_id', 'run_id'])
    op.create_index('ix_prior_rows_kept_at', 'prior_rows', ['kept_at'])

    op.add_column('placements', sa.Column('created_run', sa.Integer(), nullable=True))
    op.add_column('scopes', sa.Column('undone_run_id', sa.Integer(), nullable=True))
    op.add_column('scopes', sa.Column('only_failed', sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column('scopes', 'only_failed')
    op.drop_column('scopes', 'undone_run_id')
    op.drop_column('placements', 'created_run')
    op.drop_table('prior_rows')
